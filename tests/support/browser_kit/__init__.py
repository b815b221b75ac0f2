"""What the browser tests and the latency benchmark share: a server, articles, a guarded page, the page's parts."""
