"""From a template and its facts to a mail: subject, text and HTML from one source of content."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from flask import current_app, render_template
from flask_mail import Message

from webapp.config import Settings
from webapp.formats import in_locale
from webapp.notifications.models import Notification


def render_mail(notification: Notification, template: str, locale: str, **context: Any) -> Message:
    """Return the mail that templates/email/<template>/ makes of the context.

    The filters for days and times write them as the locale does.
    """
    settings: Settings = current_app.config["SETTINGS"]
    folder = f"email/{template}"
    context["base_url"] = settings.base_url
    # Addresses in a mail are those of the site that travellers use.
    with current_app.test_request_context(base_url=settings.base_url), in_locale(locale):
        subject = " ".join(render_template(f"{folder}/subject.txt", **context).split())
        body = render_template(f"{folder}/body.txt", **context)
        html = render_template(f"{folder}/body.html", subject=subject, **context)
    mail = Message(
        subject=subject,
        recipients=[notification.recipient],
        sender=settings.mail_from,
        body=_tidy(body),
        html=_inliner().inline(html),
        extra_headers={
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    mail.msgId = notification.message_id
    return mail


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
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
