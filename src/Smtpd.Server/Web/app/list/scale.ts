/** Browsers draw no element higher than some 17 million pixels; a longer list gets a shorter scroll bar, whose pixels stand for more. */
const tallest = 6_000_000;

/** Where a long list is scrolled to: `top`, the pixel of the whole list at the upper edge, against `scrollTop`, the one that the browser knows. */
export class Scale {
  private whole = 0;
  private view = 0;
  /** `top` minus `scrollTop`. */
  offset = 0;

  resize(whole: number, view: number): void {
    this.whole = whole;
    this.view = view;
    this.offset = Math.min(this.offset, Math.max(0, this.whole - this.height));
  }

  /** Of the element that is scrolled over. */
  get height(): number {
    return Math.min(this.whole, tallest);
  }

  get isScaled(): boolean {
    return this.whole > tallest;
  }

  topOf(scrollTop: number): number {
    return scrollTop + this.offset;
  }

  /** The browser scrolled. A step as with a wheel moves by as many pixels; a leap as with the scroll bar goes to that part of the list. */
  follow(scrollTop: number, before: number): void {
    if (!this.isScaled) this.offset = 0;
    else if (Math.abs(scrollTop - before) > 2 * this.view) this.offset = this.proportional(scrollTop) - scrollTop;
    else this.offset = Math.max(0, Math.min(this.offset, this.whole - this.height));
  }

  /** Whether the bar stands so far from where it should that one sees it: by a hundredth of its length. */
  isAstray(scrollTop: number): boolean {
    return this.isScaled && Math.abs(this.proportional(scrollTop) - this.topOf(scrollTop)) > this.whole / 100;
  }

  /** Where `scrollTop` should stand for what is at the upper edge now, so that there is as much of the bar left as of the list. Changes `offset` accordingly. */
  settle(scrollTop: number): number {
    if (!this.isScaled) {
      const wanted = this.topOf(scrollTop);
      this.offset = 0;
      return wanted;
    }
    return this.place(this.topOf(scrollTop));
  }

  /** The `scrollTop` that brings a pixel of the list to the upper edge. */
  place(top: number): number {
    const wanted = Math.max(0, Math.min(top, this.whole - this.view));
    if (!this.isScaled) {
      this.offset = 0;
      return wanted;
    }
    const scrollTop = Math.round((wanted / (this.whole - this.view)) * (this.height - this.view));
    this.offset = wanted - scrollTop;
    return scrollTop;
  }

  private proportional(scrollTop: number): number {
    return Math.round((scrollTop / (this.height - this.view)) * (this.whole - this.view));
  }
}
