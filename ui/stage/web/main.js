// The door: what Streamlit calls when the component is mounted and whenever its data changes.

import { httpReader } from "./source.js";
import { Stage } from "./stage.js";

const stages = new WeakMap();

export default function mount({ parentElement, data, setStateValue, setTriggerValue }) {
  const known = stages.get(parentElement);
  const send = (name, value, lasting) => (lasting ? setStateValue(name, value) : setTriggerValue(name, value));
  if (known) {
    known.send = send;
    const text = JSON.stringify(data);
    if (known.received === text) known.look();
    else known.update(data);
    known.received = text;
  } else {
    const stage = new Stage(parentElement, data, httpReader(data.base), send);
    stage.received = JSON.stringify(data);
    stages.set(parentElement, stage);
  }
  return () => {
    stages.get(parentElement)?.stop();
    stages.delete(parentElement);
  };
}
