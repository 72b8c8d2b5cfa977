"""Own data in small: four photos of a kite each, in COCO's format."""

from tests.tfrecords_tools.small_files import set_aside

KITE = ("tip", "left_end", "right_end", "tail")
POINTS = [20, 10, 2, 14, 20, 2, 30, 20, 2, 22, 40, 1]
BOX = [12, 8, 20, 34]


def kite(id, image, **fields):
    entry = {"id": id, "image_id": image, "category_id": 1, "iscrowd": 0, "keypoints": POINTS, "bbox": BOX, "area": 300}
    return entry | fields


def document(annotations=None, images=(1, 2, 3, 4), keypoints=KITE, **fields):
    images = [
        image if isinstance(image, dict) else {"id": image, "file_name": f"{image}.jpg", "height": 48, "width": 64}
        for image in images
    ]
    if annotations is None:
        annotations = [kite(10 + n, image["id"]) for n, image in enumerate(images)]
    categories = [{"id": 1, "name": "kite", "keypoints": list(keypoints)}]
    return {"images": images, "annotations": annotations, "categories": categories} | fields


def reasons(conversion):
    return sorted((what, reason) for _, _, what, reason in set_aside(conversion.path))
