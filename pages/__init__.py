"""What the browser shows: one Streamlit script per page, their parts, and the data routes."""
