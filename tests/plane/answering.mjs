// Evaluates what pytest asks of the plane's pure modules: a JSON request on stdin, its answer on stdout.

import { readFileSync } from "node:fs";

/** @param {Object<string, function(object): any>} answers by question; an answer's typed arrays become lists */
export async function answering(answers) {
  const { question, ...request } = JSON.parse(readFileSync(0));
  const plain = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
  try {
    console.log(JSON.stringify({ answer: await answers[question](request) }, plain));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
}
