/** The style sheets beside `index.css` (which Streamlit loads): once per page, for all mounts. */

const SHEETS = ["article.css", "bars.css", "dialog.css", "panel.css", "lists.css", "forms.css", "queue.css"];

for (const name of SHEETS) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(name, import.meta.url).href;
  document.head.append(link);
}
