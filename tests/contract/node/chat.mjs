// Chat and Responses as the Node clients see them: `node chat.mjs URL KEY` prints one JSON object of what each client made of the answers.
import { OpenRouter } from "@openrouter/sdk";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { generateText, streamText } from "ai";
import OpenAI from "openai";

const [url, apiKey] = process.argv.slice(2);
const draw = { type: "modelgates:image_generation", parameters: { size: "512x512" } };
const weather = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: {}, required: [] } },
};
const model = "any/model";
const said = (content) => [{ role: "user", content }];

async function openai() {
  const client = new OpenAI({ baseURL: `${url}/api/v1`, apiKey, maxRetries: 0 });
  const whole = await client.chat.completions.create({ model, messages: said("Draw a fox"), tools: [draw] });
  const stream = client.chat.completions.stream({ model, messages: said("Draw a fox"), tools: [draw] });
  const streamed = await stream.finalChatCompletion();
  const calling = await client.chat.completions
    .stream({ model, messages: said("call get_weather"), tools: [weather] })
    .finalChatCompletion();
  const response = await client.responses.create({ model, input: "Draw a fox", tools: [draw] });
  const events = [];
  for await (const event of await client.responses.create({ model, input: "Draw a fox", tools: [draw], stream: true }))
    events.push(event);
  let heard = "";
  let broke = null;
  try {
    const breaking = { model, messages: said("hi sandbox:chat_breaks_off"), stream: true };
    for await (const chunk of await client.chat.completions.create(breaking)) heard += chunk.choices[0].delta.content;
  } catch (error) {
    broke = error.message;
  }
  return {
    whole: whole.choices[0].message.content,
    streamed: streamed.choices[0].message.content,
    calls: calling.choices[0].message.tool_calls.map((call) => call.function),
    response: response.output_text,
    events: events.map((event) => event.type),
    final: events.at(-1).response.output.map((item) => item.type),
    heard,
    broke,
  };
}

async function openrouter() {
  const ours = { ...draw, type: "openrouter:image_generation" }; // the SDK refuses to send prefixes that it does not know
  const client = new OpenRouter({ serverURL: `${url}/api/v1`, apiKey, retryConfig: { strategy: "none" } });
  const chatRequest = { model, messages: said("Draw a fox"), tools: [ours] };
  const whole = await client.chat.send({ chatRequest });
  const chunks = [];
  for await (const chunk of await client.chat.send({ chatRequest: { ...chatRequest, stream: true } })) chunks.push(chunk);
  const responsesRequest = { model, input: "Draw a fox", tools: [ours] };
  const response = await client.responses.send({ responsesRequest });
  const events = [];
  for await (const event of await client.responses.send({ responsesRequest: { ...responsesRequest, stream: true } }))
    events.push(event);
  let refused = null;
  try {
    await client.chat.send({ chatRequest: { model, messages: said("hi sandbox:chat_fails"), stream: true } });
  } catch (error) {
    refused = { name: error.constructor.name, status: error.statusCode };
  }
  return {
    whole: whole.choices[0].message.content,
    streamed: chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join(""),
    usage: chunks.at(-1).usage?.totalTokens,
    response: response.output.map((item) => item.type),
    events: events.map((event) => event.type),
    refused,
  };
}

async function aiSdk() {
  const provider = createOpenRouter({ baseURL: `${url}/api/v1`, apiKey });
  const whole = await generateText({ model: provider(model, { extraBody: { tools: [draw] } }), prompt: "Draw a fox", maxRetries: 0 });
  const streamed = streamText({ model: provider(model, { extraBody: { tools: [draw] } }), prompt: "Draw a fox", maxRetries: 0 });
  let text = "";
  for await (const piece of streamed.textStream) text += piece;
  return {
    whole: whole.text,
    files: whole.files.map((file) => file.mediaType),
    streamed: text,
    finish: await streamed.finishReason,
    usage: await streamed.usage,
  };
}

const seen = {};
for (const [name, use] of Object.entries({ openai, openrouter, aiSdk })) {
  try {
    seen[name] = await use();
  } catch (error) {
    seen[name] = { failed: String(error?.stack ?? error).slice(0, 3000) };
  }
}
console.log(JSON.stringify(seen, null, 1));
