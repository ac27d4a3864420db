"""One page for people: what the warehouse knows of every delivery, in counts alone, as a self-contained HTML file.

counts and content ask the warehouse, charts draws with Vega-Lite, page fills the template, file puts it in its place.
"""
