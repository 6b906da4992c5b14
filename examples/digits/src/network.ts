/** A network of fully connected layers, and how far its answers are from the labels. */
import { np } from 'tapeless/numpy';

export interface Layer {
  W: np.Array;
  b: np.Array;
}

/** The logits of each image, [n, 10]. */
export function answer(layers: Layer[], images: np.Array): np.Array {
  let h = images;
  for (let i = 0; i < layers.length; i++) {
    const { W, b } = layers[i];
    h = h.matmul(W).add(b);
    if (i < layers.length - 1) h = np.relu(h);
  }
  return h;
}

/** The mean of −log p(label), the cross-entropy; labels are one-hot. */
// @differentiate wrt=layers
export function loss(layers: Layer[], images: np.Array, labels: np.Array): np.Array {
  return np.sum(np.logSoftmax(answer(layers, images)).mul(labels)).div(images.shape[0]).neg();
}

/** Layers of these sizes with the weights of He et al. (2015): of variance 2 / n, for n inputs. */
export function layersOf(sizes: number[], seed: number): Layer[] {
  const keys = np.random.split(np.random.key(seed), sizes.length - 1);
  return sizes.slice(1).map((m, i) => ({ W: np.random.normal(keys[i], [sizes[i], m]).mul(Math.sqrt(2 / sizes[i])), b: np.zeros([m]) }));
}
