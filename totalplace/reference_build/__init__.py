"""From the published originals to data/raw/reference: used by notebooks/reference_data alone."""
