/** The peer: the `openai` client alone, doing the same calls. `node bare-client.ts BASE_URL CALLS AT_ONCE CHUNKS` */
import OpenAI from 'openai';

const [baseURL, calls, atOnce, chunks] = process.argv.slice(2);
const client = new OpenAI({ baseURL: baseURL!, apiKey: 'bench', maxRetries: 0 });
let next = 0;
let characters = 0;

async function worker(): Promise<void> {
  while (next < Number(calls)) {
    const number = next++;
    const stream = await client.chat.completions.create({
      model: 'bench', stream: true, stream_options: { include_usage: true },
      messages: [{ role: 'user', content: `Cell ${number}: write chunks ${chunks}.` }],
    });
    for await (const chunk of stream) characters += chunk.choices[0]?.delta?.content?.length ?? 0;
  }
}

await Promise.all(Array.from({ length: Number(atOnce) }, worker));
console.log(JSON.stringify({ characters, maxRss: process.resourceUsage().maxRSS }));
