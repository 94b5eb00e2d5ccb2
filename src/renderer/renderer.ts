import type { ActivationFunction } from 'vscode-notebook-renderer';
import type { RunItem } from '../core/trace/run-item.ts';
import type { RendererMessage } from '../core/trace/renderer-messages.ts';

export const activate: ActivationFunction = (context) => {
  const shown = new Map<string, { readonly element: HTMLElement; readonly run: string | null; text: string }>();
  context.onDidReceiveMessage?.((message: RendererMessage) => {
    if (message.type !== 'live') return;
    for (const one of shown.values()) {
      if (one.run !== message.run) continue;
      one.text = one.text.slice(0, message.from) + message.text;
      one.element.textContent = `${one.text}\n${message.parts.join(' · ')}`;
    }
  });
  return {
    renderOutputItem(output, element) {
      const item = output.json() as RunItem;
      element.style.whiteSpace = 'pre-wrap';
      element.textContent = item.live ? '…' : `${item.text}\n${item.model ?? ''} ${item.status} ${item.error?.message ?? ''}`;
      shown.set(output.id, { element, run: item.run, text: '' });
      if (item.live && item.run !== null) context.postMessage?.({ type: 'watch', run: item.run });
    },
    disposeOutputItem(id) {
      if (id === undefined) shown.clear();
      else shown.delete(id);
    },
  };
};
