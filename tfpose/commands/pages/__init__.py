"""Self-contained HTML pages, of a data set and of an evaluation: templates, charts as SVG, pictures as data URIs."""
