// Whether a user agent says of itself that it is a bot, by a list that others keep.

import { createIsbotFromList, list } from "isbot";

/** Browsers that tests drive: owners try out their sites with them, and whoever cheats with one takes the word out. */
const DRIVEN = ["headless", "cypress/", "playwright", "selenium"];

export const isBot = createIsbotFromList(list.filter((pattern) => !DRIVEN.includes(pattern)));
