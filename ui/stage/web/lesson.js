// A lesson as a file: the stage over runs that the file holds, with no server behind it.

import { fileReader } from "./recording.js";
import { Stage } from "./stage.js";

// A file has no address that could follow the stage.
class NoAddress {
  write() {}
  follow() {}
  witness() {}
  adopt() {}
  stop() {}
}

function begin() {
  const host = document.getElementById("stage");
  const { data, runs } = JSON.parse(document.getElementById("lesson").textContent);
  if (typeof DecompressionStream === "undefined") {
    host.textContent = "This browser is too old for this file: it needs one of 2023 or later.";
    return;
  }
  const packed = runs.map((header, i) => ({ header, packed: () => document.getElementById(`run-${i}`).textContent }));
  const reader = fileReader(new Map(packed.map((run, i) => [data.lanes[i].query, run])));
  const stage = new Stage(host, data, reader, () => {}, NoAddress);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => stage.look());
}

begin();
