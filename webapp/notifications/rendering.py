"""From a template and its facts to a mail: subject, text and HTML from one source of content.

A mail's body is written once, in blocks (a title, a paragraph, a flight, a button); its two parts
are that body with the blocks of each.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from flask import current_app, render_template
from flask_mail import Attachment, Message

from webapp.config import Settings
from webapp.formats import in_locale
from webapp.notifications.models import OPTIONAL, Kind, Notification
from webapp.notifications.preferences import unsubscribe_token
from webapp.notifications.service import message_id_of


@dataclass(frozen=True)
class Attached:
    """A file that goes with a mail; `content_type` may carry parameters, as a calendar's does."""

    name: str
    content_type: str
    content: bytes


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
    # Addresses in a mail are those of the site that travellers use.
    with current_app.test_request_context(base_url=settings.base_url), in_locale(locale):
        subject = _one_line(render_template(f"{folder}/subject.txt", **context))
        context["subject"] = subject
        page = _render(folder, "", context)
        text = _render(folder, "_text", context)
    mail = Message(
        subject=subject,
        recipients=[notification.recipient],
        sender=settings.mail_from,
        body=_tidy(html.unescape(text)),
        html=_inliner().inline(page),
        attachments=[Attachment(each.name, each.content_type, each.content) for each in attached],
        extra_headers=_headers(notification, context.get("unsubscribe")),
    )
    mail.msgId = notification.message_id
    return mail


def _render(folder: str, form: str, context: dict[str, Any]) -> str:
    parts = {"layout": f"email/_layout{form}.html", "blocks": f"email/_blocks{form}.html"}
    return render_template(f"{folder}/body.html", **parts, **context)


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
def _inliner() -> css_inline.CSSInliner:
    # Many mail programs drop <style>; rules that cannot be inlined (dark mode, narrow screens)
    # stay there for those that keep it.
    css = Path(str(current_app.static_folder), "css/email.css").read_text()
    return css_inline.CSSInliner(
        extra_css=css, keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False
    )
