// Progressive enhancement: every page works without this file.
// Each module looks for its own marks (data- attributes) in what it is given;
// the texts they show are in the body's data-text-… attributes, in the page's language.
import { switchAlarms } from "./js/alarms.js";
import { keepDrafts } from "./js/draft.js";
import { queueOffline } from "./js/offline.js";
import { listFiles } from "./js/files.js";
import { followLive } from "./js/live.js";
import { smallThings } from "./js/small.js";
import { suggestOrganisations } from "./js/suggest.js";

export function enhance(root) {
  listFiles(root);
  keepDrafts(root);
  queueOffline(root);
  suggestOrganisations(root);
  smallThings(root);
  switchAlarms(root);
}

followLive(document, enhance);
enhance(document);
