import { DecoratorHandler, type Dispatcher } from "undici";

/** Checks each request as its first byte is about to leave, on an open connection. When the check throws, nothing is sent. */
export function checkedBefore(check: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, new CheckingHandler(check, handler));
}

class CheckingHandler extends DecoratorHandler {
  readonly #check: () => void;
  readonly #handler: Dispatcher.DispatchHandler;

  constructor(check: () => void, handler: Dispatcher.DispatchHandler) {
    super(handler);
    this.#check = check;
    this.#handler = handler;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
    this.#check();
  }
}
