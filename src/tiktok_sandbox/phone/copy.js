// Adds the copy button; without it the code can be selected and copied by hand.
"use strict";

const field = document.querySelector("[data-copy]");
const place = document.querySelector("[data-copy-place]");

if (field && place && navigator.clipboard) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "main";
  button.textContent = "Copy code";
  const said = document.createElement("p");
  said.className = "soft";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied. Send it to the brand.";
    } catch {
      field.focus();
      field.select();
      said.textContent = "Selected. Press Ctrl C or Command C to copy.";
    }
  });
  place.append(button, said);
}
