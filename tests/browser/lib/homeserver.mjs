// As much of a Matrix homeserver as a page's story needs: conversations of two, sync by long polling,
// what the bot keeps for itself. The one that knows faults, gaps and groups is in Rust
// (notify/tests/transports/homeserver.rs).
import { createServer } from "node:http";
import { news } from "./news.mjs";

/** A homeserver on this machine: `opens` begins a conversation with the bot, `says` brings a person's words. */
export async function startHomeserver({ name = "tinh.example", bot = "dieuphoi", token = "token-thu-nghiem" } = {}) {
  const me = `@${bot}:${name}`;
  // One log; a place in the stream is a position in it.
  const log = [];
  const kept = new Map();
  const fresh = news();
  let rooms = 0;

  const add = (room, sender, type, content, state_key) => {
    const event = { event_id: `$${log.length}`, room_id: room, sender, type, content, origin_server_ts: Date.now() };
    log.push(state_key === undefined ? event : { ...event, state_key });
    fresh.came();
    return event.event_id;
  };
  const of = (room) => log.filter((event) => event.room_id === room);
  const stateOf = (room) => {
    const now = new Map(of(room).map((event) => [`${event.type} ${event.state_key}`, event]));
    return [...now.values()].filter((event) => event.state_key !== undefined);
  };
  const member = (room, who, membership, by = who, more = {}) =>
    add(room, by, "m.room.member", { membership, displayname: who.slice(1).split(":")[0], ...more }, who);
  const mine = (room) => of(room).findLast((event) => event.type === "m.room.member" && event.state_key === me);

  function sync(since, kinds) {
    const parts = {};
    for (let n = 1; n <= rooms; n += 1) {
      const room = `!phong${n}:${name}`;
      const own = mine(room);
      const at = log.indexOf(own);
      if (own?.content.membership === "join") {
        const from = at >= since ? 0 : since;
        const events = log.slice(from).filter((one) => one.room_id === room && (kinds?.includes(one.type) ?? true));
        const timeline = { events, limited: false, prev_batch: `s${from}` };
        if (events.length > 0) (parts.join ??= {})[room] = { timeline };
      } else if (own?.content.membership === "invite" && at >= since) {
        (parts.invite ??= {})[room] = { invite_state: { events: stateOf(room) } };
      }
    }
    return { next_batch: `s${log.length}`, rooms: parts };
  }

  async function answer(method, path, query, body) {
    const [kind, ...rest] = path;
    const missing = { refused: 404, errcode: "M_NOT_FOUND", error: "no" };
    if (kind === "account") return { user_id: me };
    if (kind === "sync") {
      const since = Number((query.get("since") ?? "s0").slice(1));
      const kinds = JSON.parse(query.get("filter") ?? "{}").room?.timeline?.types;
      const first = sync(since, kinds);
      if (Object.keys(first.rooms).length > 0 || !Number(query.get("timeout"))) return first;
      await fresh.comes(Number(query.get("timeout")));
      return sync(since, kinds);
    }
    if (kind === "user") {
      if (method === "PUT") kept.set(rest.at(-1), body);
      return kept.get(rest.at(-1)) ?? (method === "PUT" ? {} : missing);
    }
    if (kind === "join") {
      member(rest[0], me, "join");
      return { room_id: rest[0] };
    }
    if (kind !== "rooms") return missing;
    const [room, what, ...more] = rest;
    switch (`${method} ${what}`) {
      case "GET state":
        return stateOf(room);
      case "GET messages":
        return { start: query.get("from"), chunk: [] };
      case "GET event":
        return of(room).find((event) => event.event_id === more[0]) ?? missing;
      case "PUT send":
        return { event_id: add(room, me, more[0], body) };
      case "POST leave":
        member(room, me, "leave");
        return {};
      default:
        return missing;
    }
  }

  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const url = new URL(request.url, "http://localhost");
    const path = url.pathname.split("/").slice(4).map(decodeURIComponent);
    const known = request.headers.authorization === `Bearer ${token}`;
    const refused = { refused: 401, errcode: "M_UNKNOWN_TOKEN", error: "no" };
    const body = text.startsWith("{") ? JSON.parse(text) : {};
    const { refused: status = 200, ...result } = await (async () => {
      const found = known ? await answer(request.method, path, url.searchParams, body) : refused;
      return Array.isArray(found) ? { list: found } : found;
    })();
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(result.list ?? result));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));

  return {
    bot: me,
    token,
    url: `http://127.0.0.1:${server.address().port}`,
    /** Somebody opens a conversation with the bot alone, and waits until it has come in. */
    async opens(who, limit = 60_000) {
      const room = `!phong${(rooms += 1)}:${name}`;
      const person = `@${who}:${name}`;
      add(room, person, "m.room.create", { room_version: "11" }, "");
      member(room, person, "join");
      add(room, person, "m.room.power_levels", { users: { [person]: 100 } }, "");
      member(room, me, "invite", person, { is_direct: true });
      for (const end = Date.now() + limit; mine(room)?.content.membership !== "join"; ) {
        if (Date.now() > end) throw new Error("the bot did not come in");
        await fresh.comes(end - Date.now());
      }
      return { room, person };
    },
    /** They write into it. */
    says({ room, person }, body) {
      add(room, person, "m.room.message", { msgtype: "m.text", body });
    },
    /** What the bot wrote there that holds these words. */
    async sentTo({ room }, words, limit = 60_000) {
      for (const end = Date.now() + limit; ; ) {
        const said = of(room).filter((event) => event.sender === me && event.type === "m.room.message");
        const found = said.find((event) => event.content.body.includes(words));
        if (found) return found;
        if (Date.now() > end) throw new Error(`"${words}" was not said: ${JSON.stringify(said)}`);
        await fresh.comes(end - Date.now());
      }
    },
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
