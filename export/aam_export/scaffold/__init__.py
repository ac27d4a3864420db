"""What a dbt project needs to use the package, written into one that is there; nothing of it is overwritten."""
