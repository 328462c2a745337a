/** What ties a control to the words around it; `Field` makes them, every control takes them. */
export interface ControlTies {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}
