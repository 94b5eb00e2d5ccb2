'use strict';
const vscode = require('vscode');

/** The exported functions let tests say what the model answers, and see what it was asked. */
exports.activate = () => {
  const asked = [];
  let answer = async (messages, progress) => progress.report(new vscode.LanguageModelTextPart(`You said: ${textOf(messages.at(-1))}`));
  vscode.lm.registerLanguageModelChatProvider('neighbour', {
    provideLanguageModelChatInformation: () => [{ id: 'parrot-1', name: 'Parrot', family: 'parrot', version: '2', maxInputTokens: 4000, maxOutputTokens: 1000, capabilities: { toolCalling: true } }],
    async provideLanguageModelChatResponse(_model, messages, options, progress, token) {
      asked.push({ messages: messages.map((message) => ({ role: message.role, text: textOf(message) })), modelOptions: options.modelOptions, tools: options.tools?.map((tool) => tool.name) });
      await answer(messages, progress, token);
    },
    provideTokenCount: (_model, text) => (typeof text === 'string' ? text : textOf(text)).split(/\s+/).length,
  });
  const words = { provideCompletionItems: () => [new vscode.CompletionItem('from-the-neighbour')] };
  vscode.languages.registerCompletionItemProvider(['prompt', 'instructions', 'markdown'], words);
  const problems = vscode.languages.createDiagnosticCollection('neighbour');
  vscode.workspace.onDidOpenTextDocument((document) => {
    if (document.languageId === 'prompt') problems.set(document.uri, [new vscode.Diagnostic(new vscode.Range(0, 0, 0, 1), 'The neighbour complains.')]);
  });
  return { asked, answerWith: (next) => void (answer = next) };
};

function textOf(message) {
  return message.content.map((part) => part.value ?? '').join('');
}
