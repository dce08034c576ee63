import { page } from "./markdown.js";

const FRONT = `---
layout: home
title: smoothcert
titleTemplate: certified robustness by randomized smoothing
hero:
  name: smoothcert
  text: TAGLINE
  actions:
    - theme: brand
      text: Tutorial
      link: /docs/tutorial
    - theme: alt
      text: Bring your own model
      link: /docs/models
    - theme: alt
      text: What a certificate claims
      link: /docs/soundness
---`;

/** The home page: the README up to its second section, the first sentence as the headline. */
export function homePage(readme: string): string {
  const [, tagline, rest] = /^# smoothcert\n\n([\s\S]*?)\n\n([\s\S]*?)\n## Use it\n/.exec(readme) ?? [];
  if (rest === undefined) throw new Error("README.md: expected '# smoothcert', a sentence, and later '## Use it'");
  const next = "[The tutorial](docs/tutorial.md) goes on from here.";
  return page(FRONT.replace("TAGLINE", JSON.stringify(tagline.replaceAll("\n", " "))), rest, next);
}
