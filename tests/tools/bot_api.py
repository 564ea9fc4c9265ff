"""Checks what our service said to our Bot API server, and what that server said to it, against the
typed models of aiogram, which were made from Telegram's documentation by other people.

    bot_api.py FOLDER    reads every *.jsonl there; exits 1 when anything does not fit
"""

import json
import sys
from pathlib import Path

from aiogram import methods
from aiogram.types import Update
from pydantic import BaseModel, TypeAdapter, ValidationError

# What a whole run of the stories asks for at least: fewer means that nothing was recorded.
EXPECTED = {
    "getMe", "getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo", "sendMessage",
    "editMessageText", "deleteMessage", "pinChatMessage", "answerCallbackQuery",
    "createForumTopic", "editForumTopic", "closeForumTopic", "reopenForumTopic", "getFile",
    "setMyCommands",
}


def strangers(value, path=""):
    """Fields that the documentation does not know, at any depth."""
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            yield f"{path}.{name}"
        for name in type(value).model_fields:
            yield from strangers(getattr(value, name, None), f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for n, one in enumerate(value):
            yield from strangers(one, f"{path}[{n}]")


def short(error):
    return "; ".join(
        f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3]
    )


def request(line):
    name = line["request"]
    model = getattr(methods, name[0].upper() + name[1:], None)
    if model is None:
        yield f"there is no method {name}"
        return
    body = line["body"]
    unknown = set(body) - set(model.model_fields)
    if unknown:
        yield f"{name} has no {', '.join(sorted(unknown))}"
    try:
        yield from (f"{name}{at} is unknown" for at in strangers(model.model_validate(body)))
    except ValidationError as error:
        yield f"{name}: {short(error)}"
    answer = line.get("answer")
    if isinstance(answer, dict) and answer.get("ok"):
        try:
            result = TypeAdapter(model.__returning__).validate_python(answer["result"])
            yield from (f"{name} → {at} is unknown" for at in strangers(result))
        except ValidationError as error:
            yield f"{name} → {short(error)}"


def update(line):
    try:
        read = Update.model_validate(line["update"])
        yield from (f"update{at} is unknown" for at in strangers(read))
        if not [name for name in read.model_fields_set if name != "update_id"]:
            yield "an update without content"
    except ValidationError as error:
        yield f"update: {short(error)}"


def main(folder):
    wrong, seen, counts = {}, set(), [0, 0]
    for path in sorted(Path(folder).glob("*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            is_update = "update" in line
            counts[is_update] += 1
            if not is_update:
                seen.add(line["request"])
            for why in (update if is_update else request)(line):
                wrong.setdefault(why, text)
    print(f"{counts[0]} requests with their answers, {counts[1]} updates; methods: {len(seen)}")
    for why, text in wrong.items():
        print(f"does not fit: {why}\n    {text[:400]}")
    missing = EXPECTED - seen
    if missing:
        print(f"never asked for: {', '.join(sorted(missing))}")
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
