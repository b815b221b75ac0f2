"""The few rules of style that Streamlit's theme cannot express; the article's own are in ``frontend/index.css``."""

PAGE_STYLE = """<style>
.block-container { padding-bottom: 1rem; max-width: 100rem; }
[data-testid="stSidebarHeader"] { height: 2.75rem; margin-bottom: 0; }
.stApp [data-testid="stCaptionContainer"] { opacity: 0.85; } /* Streamlit's grey has too little contrast */
[data-testid^="stBaseButton-primary"]:not(:disabled) { color: light-dark(#fff, #11151a); }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
</style>"""
