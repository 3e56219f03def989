from typing import Any

from keel.api.index import index_page
from keel.api.v1 import ListedSystem


def test_the_page_links_the_card_of_what_answers(api: Any) -> None:
    page = api.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<a href="/v1/loans/card">model card</a>' in page.text
    assert "not ready: no champion yet" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_what_others_wrote_cannot_become_markup() -> None:
    name, problem = "<script>alert(1)</script>", '"><img src=x onerror=y>'
    listed = [
        ListedSystem(name, True, 1, "classify", f'/v1/{name}"/card', problem),
        ListedSystem(name, False, None, None, None, problem),
    ]
    page = index_page(listed)
    assert "<script" not in page
    assert "<img" not in page


def test_an_empty_registry_says_how_to_begin() -> None:
    assert "keel new" in index_page([])
