"""What Presidio and scrubadub find in texts, and how long they take: asked by measure_pii.py, where they are installed.

python scripts/pii_peers.py TEXTS.json ANSWERS.json

TEXTS.json is a list of texts. ANSWERS.json is an object by tool: `version`, `seconds` of the processor, and
`found`, of each text whether anything was found in it, with whatever score.

Presidio has its Spanish, Italian and British recognisers added to those that are on, and is asked for the kinds that
are compared, not for names, places or dates. It runs without a model of spaCy: words are their own lemmas. scrubadub
is asked as en_US and as en_GB, for the same kinds.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

KINDS_OF_PRESIDIO = (
    *("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "UK_NINO", "ES_NIF", "ES_NIE", "IT_FISCAL_CODE"),
    *("IP_ADDRESS", "PHONE_NUMBER"),
)
DETECTORS_OF_SCRUBADUB = {
    "en_US": ("email", "phone", "credit_card", "social_security_number"),
    "en_GB": ("phone", "national_insurance_number"),
}
Ask = Callable[[str], bool]


def presidio() -> Ask:
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import (
        EsNieRecognizer,
        EsNifRecognizer,
        ItFiscalCodeRecognizer,
        UkNinoRecognizer,
    )

    @spacy.Language.component("own_lemmas")  # type: ignore[untyped-decorator]  # of a package that is not here
    def own_lemmas(doc: Any) -> Any:
        for token in doc:
            token.lemma_ = token.lower_
        return doc

    words = SpacyNlpEngine()
    words.nlp = {"en": spacy.blank("en")}
    words.nlp["en"].add_pipe("own_lemmas")
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    for added in (EsNifRecognizer, EsNieRecognizer, ItFiscalCodeRecognizer, UkNinoRecognizer):
        registry.add_recognizer(added(supported_language="en"))
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=words)
    kinds = list(KINDS_OF_PRESIDIO)

    def ask(text: str) -> bool:
        return bool(analyzer.analyze(text, "en", entities=kinds))

    return ask


def scrubadub() -> Ask:
    import scrubadub as package

    scrubbers = [
        package.Scrubber(locale=locale, detector_list=list(names)) for locale, names in DETECTORS_OF_SCRUBADUB.items()
    ]

    def ask(text: str) -> bool:
        return any(True for scrubber in scrubbers for _ in scrubber.iter_filth(text))

    return ask


def main() -> None:
    logging.disable(logging.ERROR)
    asked, answers = Path(sys.argv[1]), Path(sys.argv[2])
    texts = json.loads(asked.read_text(encoding="utf-8"))
    said = {}
    for name, package, make in (("Presidio", "presidio-analyzer", presidio), ("scrubadub", "scrubadub", scrubadub)):
        ask = make()
        ask("once, so that what is made at the first text is not counted")
        began = time.process_time()
        found = [ask(text) for text in texts]
        said[name] = {"version": version(package), "seconds": time.process_time() - began, "found": found}
    answers.write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main()
