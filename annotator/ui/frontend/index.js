/**
 * Entry of the component. One module for all mounts of a page, so that they share the outbox and the
 * store; `data.role` says what a mount is.
 */

import "./styles.js";
import { Carrier } from "./carrier.js";
import { Editor } from "./editor.js";
import { Queue } from "./queue.js";
import { Reader } from "./reader.js";
import { Waker } from "./waker.js";

const ROLES = { carrier: Carrier, editor: Editor, queue: Queue, reader: Reader, waker: Waker };
const mounts = new WeakMap();

/** Called by Streamlit at first and whenever `data` or the theme changes; returns the cleanup. */
export default function framingAnnotator({ data, parentElement, setStateValue, setTriggerValue }) {
  let mount = mounts.get(parentElement);
  if (mount && mount.role !== data.role) {
    mount.view.destroy();
    mount = null;
  }
  if (!mount) {
    mount = { role: data.role, view: new ROLES[data.role](parentElement), calls: 0 };
    mounts.set(parentElement, mount);
  }
  mount.calls += 1;
  const call = mount.calls;
  mount.view.update(data, { setStateValue, setTriggerValue });
  // A call superseded while the module was loading is cleaned up at once: wait whether a newer one came.
  return () =>
    setTimeout(() => {
      if (mount.calls !== call || mounts.get(parentElement) !== mount) return;
      mounts.delete(parentElement);
      mount.view.destroy();
    });
}
