"""The frame round every page: set-up, who and what in the sidebar, the carrier, the page list."""

from __future__ import annotations

import streamlit as st

from annotator.errors import AnnotatorError
from annotator.ui import annotate_page, component, model_page, project_page, session, try_page
from annotator.ui.carrier import carrier, full_run
from annotator.ui.chooser import choose_annotator, choose_project
from annotator.ui.plain import plain
from annotator.ui.style import PAGE_STYLE

TITLE = "Framing annotator"


def main() -> None:
    """Run one pass of the app; Streamlit calls it for every interaction."""
    st.set_page_config(page_title=TITLE, page_icon="🖍️", layout="wide", initial_sidebar_state="expanded")
    st.html(PAGE_STYLE)
    annotate = st.Page(
        annotate_page.page, title="Annotate", icon=":material/ink_highlighter:", url_path="annotate", default=True
    )
    project = st.Page(project_page.page, title="Project", icon=":material/folder_open:", url_path="project")
    st.session_state[session.ANNOTATE_PAGE] = annotate
    st.session_state[session.PROJECT_PAGE] = project
    page = st.navigation(
        [
            annotate,
            st.Page(try_page.page, title="Try a text", icon=":material/science:", url_path="try"),
            project,
            st.Page(model_page.page, title="Model", icon=":material/model_training:", url_path="model"),
        ]
    )
    with full_run():
        try:
            _frame()
            page.run()
        except AnnotatorError as error:
            st.error(plain(str(error)), icon="⛔")
        session.keep_address()
        session.show_message()


def _frame() -> None:
    session.recall_address()
    store = session.get_store()
    with st.sidebar:
        choose_project(store)
        choose_annotator(store)
    carrier()
    component.mount_waker()
