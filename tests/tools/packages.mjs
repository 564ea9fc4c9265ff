// The npm packages of tests/browser, for the tools beside it: one lock file for all of them.
import { createRequire } from "node:module";

const require = createRequire(new URL("../browser/package.json", import.meta.url));

/** Loads an npm package that tests/browser/package.json pins. */
export function bring(name) {
  try {
    return require(name);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(`npm package ${name} is missing: run (cd tests/browser && npm ci)`, {
      cause: error,
    });
  }
}
