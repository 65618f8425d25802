"""What the pages show, without Streamlit: drafts, layouts, importers, catalogue, results."""
