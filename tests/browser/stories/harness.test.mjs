// The harness on pages that are wrong on purpose: what cannot fail proves nothing.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { openBrowser, person, PHONE } from "../lib/browser.mjs";
import { fill, form, send } from "../lib/forms.mjs";
import { axe, fits } from "../lib/look.mjs";

const page = (body) =>
  `<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Thử</title>
   <meta name="viewport" content="width=device-width, initial-scale=1"></head>
   <body><main><h1>Thử</h1>${body}</main></body></html>`;
const pages = {
  "/tot": page(`<form action="/nhan" method="post"><label for="a">Mô tả</label>
    <textarea id="a" name="mo_ta"></textarea>
    <fieldset><legend>Mức</legend><input type="radio" id="b" name="muc" value="cao">
    <label for="b">Cao</label></fieldset>
    <label><input type="checkbox" name="ky" value="co" style="position:absolute;opacity:0"> Ký</label><button>Gửi</button></form>`),
  "/khong-nhan": page('<input name="a">'),
  "/rong": page('<div style="width:900px">rộng</div>'),
  "/loi": page('<script>throw new Error("hỏng")</script>'),
  "/chinh-sach": page("<script>1</script>"),
};

let browser;
let server;
let base;
before(async () => {
  server = createServer(async (request, response) => {
    let sent = "";
    for await (const part of request) sent += part;
    const body = request.method === "POST" ? page(`<p>${decodeURIComponent(sent)}</p>`) : pages[request.url];
    response.writeHead(body ? 200 : 404, {
      "content-type": "text/html; charset=utf-8",
      ...(request.url === "/chinh-sach" && { "content-security-policy": "script-src 'self'" }),
    });
    response.end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

test("passes a good page and sends its form", async () => {
  for (const script of [true, false]) {
    const who = await person(browser, base, { viewport: PHONE, script });
    await who.page.goto("/tot");
    if (script) await axe(who.page);
    await fits(who.page);
    await fill(form(who.page, "/nhan"), { mo_ta: "máy chủ", muc: "cao", ky: true });
    await send(form(who.page, "/nhan"));
    assert.match(await who.page.locator("main").innerText(), /mo_ta=máy\+chủ&muc=cao&ky=co/);
    await who.leave();
  }
});

test("fails a field without a label and a page too wide for a phone", async () => {
  const who = await person(browser, base, { viewport: PHONE });
  await who.page.goto("/khong-nhan");
  await assert.rejects(axe(who.page), /critical label/);
  await who.page.goto("/rong");
  await assert.rejects(fits(who.page), /wide on 390px/);
  await who.leave();
});

test("fails script errors and broken content policy", async () => {
  for (const [path, problem] of [
    ["/loi", /hỏng/],
    ["/chinh-sach", /Content Security Policy/],
  ]) {
    const who = await person(browser, base);
    await who.page.goto(path);
    await assert.rejects(who.leave(), problem);
  }
});
