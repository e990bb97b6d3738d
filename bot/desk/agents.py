"""A browser's own description, made short enough to be recognised: "Chrome, Windows"."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
"""The first word that is there counts: most browsers also call themselves by their elders."""
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def describe(agent: str) -> str:
    """The browser and its system; empty when neither is known."""
    found = (next((name for word, name in known if word in agent), "")
             for known in (BROWSERS, SYSTEMS))  # fmt: skip
    return ", ".join(filter(None, found))
