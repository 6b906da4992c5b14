/** A hierarchy of shapes, and the stability of a stack of them. */
export abstract class Shape {
  constructor(public readonly density: number = 1) {}

  abstract area(): number;
  abstract centroidHeight(): number;

  get mass(): number {
    return this.density * this.area();
  }

  describe(): string {
    return `${this.constructor.name} of ${this.area().toFixed(2)}`;
  }
}

export class Rectangle extends Shape {
  constructor(readonly width: number, readonly height: number, density?: number) {
    super(density);
  }

  area() {
    return this.width * this.height;
  }

  centroidHeight() {
    return this.height / 2;
  }
}

export class Square extends Rectangle {
  constructor(side: number) {
    super(side, side);
  }
}

export class Circle extends Shape {
  constructor(readonly radius: number, density?: number) {
    super(density);
  }

  area() {
    return Math.PI * this.radius ** 2;
  }

  centroidHeight() {
    return this.radius;
  }
}

function centerOfMass(shapes: Shape[]): number {
  let mass = 0;
  let moment = 0;
  for (const shape of shapes) {
    mass += shape.mass;
    moment += shape.mass * shape.centroidHeight();
  }
  return moment / mass;
}

// @differentiate
export function heightOfCenter(width: number, height: number, radius: number, side: number): number {
  const shapes: Shape[] = [new Rectangle(width, height, 2.5), new Circle(radius), new Square(side)];
  return centerOfMass(shapes);
}
