# Doubles a text of kanji, up to 768 MiB.
text = "一二三四五六七八九十" * 1024
while len(text) < 400_000_000:
    text += text
print(text[:10])
