"""The view of the plane in the address: pins, zoom and tools, and links that restore them."""

import re

from playwright.sync_api import expect

from tests.browser.harness import (
    X_RANGE,
    ask_channel,
    click_at,
    open_page,
    wait_for_query,
)


def test_pins_are_kept_in_the_address_and_on_the_other_page(page, server):
    open_page(page, f"{server}/Decode")
    page.keyboard.down("Shift")
    click_at(page, (1, 1))
    click_at(page, (-2.5, 1.5))
    page.keyboard.up("Shift")
    assert [pin["name"] for pin in ask_channel(page, "pins")] == ["A", "B"]
    expect(page).to_have_url(re.compile(r"pins=[\d.]+,[\d.]+,A;-2\.\d+,1\.\d+,B$"))
    assert "z=" not in page.url.replace("pins=", "")
    page.get_by_role("link", name="Latent space").click()
    expect(page.get_by_role("heading", name="Latent space")).to_be_visible()
    page.wait_for_selector(".lp-plane:not([aria-busy])")
    page.wait_for_timeout(500)
    wait_for_query(page, "pins", "")
    assert [pin["name"] for pin in ask_channel(page, "pins", "latent-space")] == ["A", "B"]


def test_a_deep_link_restores_the_whole_view(page, server):
    link = "Decode?run=mnist-plane&epoch=9&z=0.5,-1.2&zoom=-2,2,-2,2&backdrop=prior&pins=1,1,A;0,0,B%252C&hide=3"
    open_page(page, f"{server}/{link}")
    low, high = page.evaluate(X_RANGE)
    assert low <= -1.99
    assert high >= 1.99
    assert high - low < 5
    assert ask_channel(page, "pins") == [{"place": [1, 1], "name": "A"}, {"place": [0, 0], "name": "B,"}]
    assert "@9@" in page.locator(".lp-plane").get_attribute("data-payload")
    expect(page.locator(".lp-backdrops")).to_have_value("prior")
    hidden = (
        "document.querySelector('.lp-graph').data.filter(({ visible }) => visible === 'legendonly').map(t => t.name)"
    )
    assert page.evaluate(hidden) == ["3"]
    click_at(page, (0, 1))
    expect(page).to_have_url(re.compile("z=-?0"))
    wait_for_query(page, "backdrop", "prior")
    wait_for_query(page, "pins", "1,1,A")


def test_a_link_with_nonsense_is_explained_and_the_rest_of_it_used(page, server):
    open_page(page, f"{server}/Decode?zoom=NaN,1,2,3&backdrop=prior&pins=<b>")
    expect(page.locator(".lp-notice")).to_contain_text("zoom = “NaN,1,2,3”")
    expect(page.locator(".lp-notice")).to_contain_text("pins = “<b>”")
    expect(page.locator(".lp-backdrops")).to_have_value("prior")


def test_a_link_is_copied(page, server):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, f"{server}/Decode?z=1,1")
    page.locator(".lp-backdrops").select_option("trust")
    page.get_by_role("button", name="Copy a link").click()
    expect(page.locator("[data-action=link].lp-done")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "z=1" in copied
    assert "backdrop=trust" in copied
