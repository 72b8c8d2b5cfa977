"""Command `tfpose demo`: a page in the browser that shows what models find in photos, videos and a camera."""
