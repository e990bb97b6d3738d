"""A photographed sheet of paper, as a citizen would send it: a real file, sharp or blurred."""

import secrets
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont


def photo(title: str, blurred: bool) -> bytes:
    """A JPEG: dark table, paper, printed lines."""
    image = Image.new("RGB", (1200, 1600), (92, 74, 60))
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 90, 1110, 1510), fill=(244, 242, 236))
    draw.text((160, 150), title, fill=(20, 20, 24), font=ImageFont.load_default(64))
    for line in range(26):
        text = f"{line + 1:02}  Nama / NIK / alamat  {secrets.token_hex(10)}"
        draw.text((160, 280 + line * 46), text, fill=(30, 30, 36), font=ImageFont.load_default(30))
    if blurred:
        image = image.resize((150, 200)).resize((1200, 1600))
    data = BytesIO()
    image.save(data, "JPEG", quality=88)
    return data.getvalue()
