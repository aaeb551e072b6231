"use strict";
(() => {
  const say = document.getElementById("seal");
  // "<" stands in the block as an escape, so that no text in it can end the block.
  const text = document.getElementById("evidence").textContent
    .replace(/\\(?:u003c|.)/g, (pair) => (pair === "\\u003c" ? "<" : pair));
  const tell = (state, words) => { say.dataset.state = state; say.textContent = words; };
  if (window.crypto && crypto.subtle) {
    crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)).then((digest) => {
      const hex = [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("");
      if (hex === document.getElementById("sha256").textContent) {
        tell("match", "✔ This browser has hashed the evidence in this file again: it matches.");
      } else {
        tell("differ", "✘ The evidence in this file hashes to " + hex + ": it was changed.");
      }
    });
  } else {
    tell("unable", "This browser cannot hash here; open the file from disk or over HTTPS.");
  }
  addEventListener("beforeprint", () => {
    for (const saga of document.querySelectorAll("details.saga")) saga.open = true;
  });
})();
