from tests.browser.test_panels import *
def test_dbg(page, server):
    page.set_default_timeout(90_000)
    open_page(page, f"{server}/Latent_space?images=train")
    page.wait_for_timeout(1500)
    def moves(label):
        page.evaluate("""() => { window.gaps = []; let before = performance.now(); window.on = true;
          const watch = (now) => (gaps.push(now - before), before = now, window.on && requestAnimationFrame(watch));
          requestAnimationFrame(watch); }""")
        for i in range(30): page.mouse.move(*position(page, (-2 + i/8, 1)))
        g=page.evaluate("(window.on=false, gaps)"); print(label, len(g), np.median(g).round(1), np.round(sorted(g)[-4:],1))
    moves("no selection")
    choose_square(page, .5); page.wait_for_timeout(3000); moves("half")
    page.keyboard.press("Escape"); 
    n=len(choose_square(page, 2)); page.wait_for_timeout(6000); moves(f"two {n}")
