"""From a template and its facts to a mail: subject, text and HTML from one source of content.

A mail's body is written once, in blocks (a title, a paragraph, a flight, a button); its two parts
are that body with the blocks of each.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import current_app, has_request_context
from jinja2 import Template

from webapp.config import Settings
from webapp.formats import in_locale
from webapp.notifications.mime import Attached, Message
from webapp.notifications.models import OPTIONAL, Kind, Notification
from webapp.notifications.preferences import unsubscribe_token
from webapp.notifications.service import message_id_of

if TYPE_CHECKING:
    from css_inline import CSSInliner


@contextmanager
def site_addresses() -> Iterator[None]:
    """Let addresses be those of the site that travellers use, within the block.

    Around many mails it costs once what it otherwise costs each of them.
    """
    if has_request_context():
        yield
        return
    settings: Settings = current_app.config["SETTINGS"]
    with current_app.test_request_context(base_url=settings.base_url):
        yield


def render_mail(
    notification: Notification,
    template: str,
    locale: str,
    attached: Sequence[Attached] = (),
    **context: Any,
) -> Message:
    """Return the mail that templates/email/<template>/ makes of the context.

    The filters for days and times write them as the locale does.
    """
    settings: Settings = current_app.config["SETTINGS"]
    context["base_url"] = settings.base_url
    if notification.kind in OPTIONAL and "unsubscribe" not in context:
        token = unsubscribe_token(notification.recipient, Kind(notification.kind))
        context["unsubscribe"] = f"{settings.base_url}/mail/unsubscribe/{token}"
    folder = f"email/{template}"
    with site_addresses(), in_locale(locale):
        subject = _one_line(_template(f"{folder}/subject.txt").render(context))
        context["subject"] = subject
        page = _render(folder, "", context)
        text = _render(folder, "_text", context)
    return Message(
        message_id=notification.message_id,
        sender=settings.mail_from,
        recipient=notification.recipient,
        subject=subject,
        body=_tidy(html.unescape(text)),
        html=_inliner().inline(page),
        headers=_headers(notification, context.get("unsubscribe")),
        attached=tuple(attached),
    )


def _render(folder: str, form: str, context: dict[str, Any]) -> str:
    parts = {"layout": f"email/_layout{form}.html", "blocks": f"email/_blocks{form}.html"}
    return _template(f"{folder}/body.html").render({**parts, **context})


def _template(name: str) -> Template:
    # Not by Flask's way, which would ask who is logged in: nobody is.
    return current_app.jinja_env.get_template(name)


def _headers(notification: Notification, unsubscribe: str | None) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if notification.booking_id is not None:
        # A booking's mails are one thread, which its confirmation begins.
        root = message_id_of(Kind.BOOKING_CONFIRMED, notification.booking_id)
        if root != notification.message_id:
            headers |= {"In-Reply-To": root, "References": root}
    if unsubscribe:
        # One click, without a page in between (RFC 8058).
        headers |= {
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return headers


def _one_line(text: str) -> str:
    # A name in a subject can carry no header: whatever breaks a line is a space here, and what
    # cannot be printed is left out.
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def _tidy(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines()]
    kept = [line for index, line in enumerate(lines) if line or lines[index - 1]]
    return "\n".join(kept) + "\n"


@cache
def _inliner() -> CSSInliner:
    # Imported by whoever writes mails: every other process spares its memory.
    from css_inline import CSSInliner

    # Many mail programs drop <style>; rules that cannot be inlined (dark mode, narrow screens)
    # stay there for those that keep it.
    css = Path(str(current_app.static_folder), "css/email.css").read_text()
    return CSSInliner(
        extra_css=css, keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False
    )
