// As much of Telegram's Bot API as a page's story needs: updates by long polling, messages kept. The
// one that knows all methods, faults and webhooks is in Rust (tests/src/bot_api).
import { createServer } from "node:http";
import { news } from "./news.mjs";

/** A Bot API on this machine: `says` brings a person's words, `sentTo` waits for what the bot wrote. */
export async function startBotApi({ username = "dieuphoi_thu_bot", token = "4711:thu-nghiem" } = {}) {
  // Groups by their number: title, whether topics are on, which of our rights an administrator took.
  const groups = new Map();
  const updates = [];
  const sent = [];
  const fresh = news();
  const me = { id: 4711, is_bot: true, first_name: "Điều phối", username, can_join_groups: true };
  let number = 100;

  async function answer(method, body) {
    switch (method) {
      case "getme":
        return me;
      case "getupdates": {
        const open = () => updates.filter((one) => one.update_id >= Number(body.offset ?? 0));
        if (open().length === 0 && Number(body.timeout) > 0) await fresh.comes(Number(body.timeout) * 1000);
        return open();
      }
      case "sendmessage": {
        number += 1;
        sent.push({ chat: String(body.chat_id), text: body.text, number });
        fresh.came();
        const chat = groupOf(body.chat_id) ?? { id: Number(body.chat_id), type: "private" };
        return { message_id: number, date: seconds(), chat, from: me, text: body.text };
      }
      case "getchat":
        return { ...groupOf(body.chat_id), accent_color_id: 0, max_reaction_count: 11 };
      case "getchatmember":
        return { status: "administrator", user: me, can_be_edited: false, is_anonymous: false, ...rights(body.chat_id) };
      case "createforumtopic":
        if (!rights(body.chat_id).can_manage_topics) return no("Bad Request: not enough rights to create a topic");
        return { message_thread_id: ++number, name: body.name, icon_color: 7322096 };
      case "pinchatmessage":
        if (!rights(body.chat_id).can_pin_messages) {
          return no("Bad Request: not enough rights to manage pinned messages in the chat");
        }
        return true;
      case "editmessagetext":
        return { message_id: Number(body.message_id), date: seconds(), chat: groupOf(body.chat_id), from: me, text: body.text };
      case "getwebhookinfo":
        return { url: "", has_custom_certificate: false, pending_update_count: 0 };
      default:
        return true;
    }
  }

  const no = (description) => ({ refused: description });
  function groupOf(id) {
    const group = groups.get(Number(id));
    return group && { id: Number(id), type: "supergroup", title: group.title, is_forum: group.forum };
  }
  function rights(id) {
    const taken = groups.get(Number(id))?.taken ?? [];
    const all = ["can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
      "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
      "can_delete_stories", "can_pin_messages", "can_manage_topics"];
    return Object.fromEntries(all.map((right) => [right, !taken.includes(right)]));
  }

  const seconds = () => Math.floor(Date.now() / 1000);
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const url = new URL(request.url, "http://localhost");
    const [, bot, method = ""] = url.pathname.split("/");
    const known = bot === `bot${token}`;
    const asked = { ...Object.fromEntries(url.searchParams), ...(text.startsWith("{") ? JSON.parse(text) : {}) };
    const result = known ? await answer(method.toLowerCase(), asked) : no("Unauthorized");
    const status = result?.refused ? (known ? 400 : 401) : 200;
    const body = result?.refused
      ? { ok: false, error_code: status, description: result.refused }
      : { ok: true, result };
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));

  return {
    token,
    username,
    url: `http://127.0.0.1:${server.address().port}`,
    /** A group that the bot is an administrator of, without the rights that are `taken` from it. */
    group({ id, title, forum = true, taken = [] }) {
      groups.set(id, { title, forum, taken });
    },
    /** A person writes to the bot: alone with it, or in a `group`. */
    says({ id, name, text, group = undefined }) {
      const [first_name, ...rest] = name.split(" ");
      const from = { id, is_bot: false, first_name, last_name: rest.join(" "), language_code: "vi" };
      const chat = groupOf(group) ?? { id, type: "private", first_name };
      const entities = [{ type: "bot_command", offset: 0, length: text.split(" ")[0].length }];
      const message = { message_id: ++number, date: seconds(), from, chat, text, entities };
      updates.push({ update_id: 9000 + number, message });
      fresh.came();
    },
    /** What the bot wrote to a chat that holds these words. */
    async sentTo(chat, words, limit = 60_000) {
      const until = Date.now() + limit;
      for (;;) {
        const found = sent.find((one) => one.chat === String(chat) && one.text.includes(words));
        if (found) return found;
        if (Date.now() > until) throw new Error(`${chat} did not get "${words}": ${JSON.stringify(sent)}`);
        await fresh.comes(until - Date.now());
      }
    },
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
