"""A mail becomes one row, whatever it is made of."""

import base64
import quopri
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.systems.spam.mail import BODY_LIMIT, read_mail


def mail(headers: str, body: bytes = b"hello") -> bytes:
    return headers.encode("latin-1") + b"\n\n" + body


def multipart(*parts: bytes, boundary: bytes = b"XX", kind: bytes = b"mixed") -> bytes:
    head = b"Subject: s\nContent-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\n\n'
    return head + b"".join(b"--" + boundary + b"\n" + p + b"\n" for p in parts) + b"--XX--\n"


def test_a_plain_mail_is_read() -> None:
    row = read_mail(
        mail(
            "From: Ann Lee <ann@Shop.Example>\nTo: a@b.c, d@e.f\nCc: g@h.i\nSubject: Hi!",
            b"Go to http://www.one.example/x and https://two.example now! 42",
        )
    )
    assert (row.subject, row.sender_name, row.sender_domain) == ("Hi!", "Ann Lee", "shop.example")
    assert row.recipients == 3
    assert row.links == 2
    assert row.link_hosts == "www.one.example two.example"
    assert row.exclamations == 2
    assert row.html_share == 0
    assert not row.broken


def test_html_is_read_as_a_person_sees_it() -> None:
    html = (
        b"<html><head><title>t</title><style>p{x}</style></head><body><p>Buy&nbsp;<b>now</b></p>"
        b"<script>alert(1)</script><img src=x alt='a cat'><a href='http://203.0.113.7/p'>here</a>"
        b"<form action=x></form></body></html>"
    )
    row = read_mail(mail("Subject: s\nContent-Type: text/html", html))
    assert row.body == "Buy now\na cat here"
    assert (row.images, row.forms, row.links, row.numeric_links) == (1, 1, 1, 1)
    assert 0.5 < row.html_share < 1


def test_attachments_are_counted_with_types_and_sizes() -> None:
    pdf = b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
    named = (
        b"Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=a.txt\n\n"
    )
    row = read_mail(
        multipart(
            b"Content-Type: text/plain\n\nsee",
            pdf + base64.b64encode(b"x" * 300),
            named + b"inside",
        )
    )
    assert row.attachments == 2
    assert row.attachment_types == "application/pdf text/plain"
    assert row.attachment_bytes == 300 + len("inside")
    assert row.body == "see"


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("utf-8", "Grüße €".encode(), "Grüße €"),
        ("iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ("koi8-r", "привет".encode("koi8-r"), "привет"),
        ("no-such-charset", "Grüße".encode(), "Grüße"),
        ("us-ascii", "Grüße".encode("latin-1"), "Grüße"),
        ("default_charset", b"\xff\xfe", "ÿþ"),
        ("base64", b"plain", "plain"),
        ("utf-8\x00", b"plain", "plain"),
    ],
)
def test_a_wrong_or_unknown_charset_falls_back(charset: str, raw: bytes, text: str) -> None:
    row = read_mail(mail(f"Subject: s\nContent-Type: text/plain; charset={charset}", raw))
    assert row.body == text


def test_encoded_words_in_headers_are_decoded() -> None:
    assert read_mail(mail("Subject: =?iso-8859-1?Q?Gr=FC=DFe?= dort")).subject == "Grüße dort"
    assert read_mail(mail("Subject: =?utf-8?B?R3LDvMOfZQ==?=")).subject == "Grüße"
    assert read_mail(mail("Subject: =?no-such?Q?Gr=FC?=")).subject == "Grü"
    assert read_mail(mail("Subject: =?utf-8?B?!!!?= x")).subject.endswith("x")


def test_reply_to_another_domain_is_seen() -> None:
    other = "From: a@one.example\nReply-To: b@two.example"
    same = "From: a@one.example\nReply-To: b@one.example"
    assert read_mail(mail(other)).reply_to_differs
    assert not read_mail(mail(same)).reply_to_differs
    assert not read_mail(mail("From: a@one.example")).reply_to_differs


def test_provenance_is_kept_in_columns_of_its_own() -> None:
    row = read_mail(
        mail(
            "Received: a\nReceived: b\nDate: Thu, 22 Aug 2002 18:26:25 +0700\n"
            "List-Id: <x>\nDelivered-To: me@here\nSubject: s"
        )
    )
    assert (row.provenance_hops, row.provenance_hour) == (2, 18)
    assert row.provenance_list
    assert row.provenance_delivered_to == "me@here"


def test_nesting_deeper_than_the_stack_is_read_as_one_text() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(3_000)
    )
    row = read_mail(b"Subject: deep\n" + deep + b"Content-Type: text/plain\n\nhello")
    assert row.subject == "deep"
    assert row.broken


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n\n",
        b"\x00\xff\xfe",
        b"no header at all",
        b"Subject: only a header",
        b": \n :\nSubject:\n\n",
        mail("Content-Type: text/plain; charset=\"; name*=utf-8''%ff%zz"),
        mail("Content-Type: multipart/mixed\nSubject: no boundary", b"--\nx"),
        mail('Content-Type: multipart/mixed; boundary=""', b"--\n\n--\n"),
        mail("Content-Type: text/plain\nContent-Transfer-Encoding: base64", b"a===\x80==="),
        mail("Content-Type: text/plain\nContent-Transfer-Encoding: uuencode", b"begin 6\nM\xff"),
        mail("Content-Transfer-Encoding: no-such-thing", b"\xe4"),
        mail("Content-Type: text/html", b"<![CDATA[<!--<![if x]><a href='http://[::1'>]"),
        mail("Content-Type: text/html", b"<!DOCTYPE [<!ELEMENT <a href=" + b"<" * 100),
        mail("Content-Type: message/rfc822", b"Subject: inner\n\nbody"),
        mail("From: @@@<<>>\nReply-To: \x80\nTo: " + "a," * 1000),
        b"Subject: a\rFrom: b\r\n\r\nold line ends",
    ],
)
def test_hostile_and_broken_mails_give_a_row(raw: bytes) -> None:
    row = read_mail(raw)
    row.subject.encode("utf-8")
    row.body.encode("utf-8")


PIECES = (
    b"Content-Type: |multipart/mixed; boundary=b|\n|\n\n|--b|--b--|text/html|; charset=|=?utf-8?q?|"
    b"Content-Transfer-Encoding: base64|Subject: |From: |<|<!--|<![|]]>|&#|\xff|\x00|A"
).split(b"|")


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(PIECES) | st.binary(max_size=6),
        max_size=40,
    )
)
def test_no_bytes_raise(pieces: list[bytes]) -> None:
    row = read_mail(b"".join(pieces))
    row.body.encode("utf-8")
    row.subject.encode("utf-8")
    row.sender_name.encode("utf-8")


def test_the_body_is_cut_at_its_limit() -> None:
    row = read_mail(mail("Subject: s", b"a " * BODY_LIMIT))
    assert len(row.body) == BODY_LIMIT


@pytest.mark.parametrize("piece", [b"<!--", b"<a ", b"<![CDATA[", b"&#x", b"<p title='"])
def test_markup_made_to_be_slow_takes_less_than_two_seconds(piece: bytes) -> None:
    began = time.perf_counter()
    read_mail(mail("Content-Type: text/html", piece * (1_000_000 // len(piece))))
    assert time.perf_counter() - began < 2


def test_quoted_printable_is_undone() -> None:
    body = quopri.encodestring("Grüße = 1".encode())
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable"
    assert read_mail(mail(head, body)).body == "Grüße = 1"
