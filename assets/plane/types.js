// Types that modules share: places, payloads, messages of the server, topics of a channel. JSDoc only, checked by tsc.

/**
 * A place of the plane, [u, v].
 * @typedef {number[]} Place
 *
 * A part of the plane, [[left, right], [bottom, top]].
 * @typedef {number[][]} Ranges
 *
 * A rectangle in px.
 * @typedef {{left: number, top: number, width: number, height: number}} Frame
 *
 * Colours and type of the page; `size` in px.
 * @typedef {{text: string, background: string, panel: string, border: string, accent: string, font: string,
 *   size: number}} Theme
 */

// Models

/**
 * A fully connected layer; weight is row-major (nOut, nIn), as torch keeps it.
 * @typedef {{name?: string, nIn: number, nOut: number, activation: string, weight: Float32Array,
 *   bias: Float32Array}} Layer
 *
 * The decoder's output for each pixel, (D) each.
 * @typedef {{logits: ArrayLike<number>, scale: ?ArrayLike<number>}} Parameters
 *
 * The posterior q(z|x) = N(mu, diag exp(logvar)), (J) each.
 * @typedef {{mu: Float32Array, logvar: Float32Array}} Posterior
 *
 * The mean image (D) and its derivatives along two directions (D each).
 * @typedef {{pixels: Float32Array, tangents: Float32Array[]}} Tangents
 *
 * How the plane lies in the latent space: z = origin + u·axes[0] + v·axes[1], with orthonormal axes.
 * @typedef {{origin: number[], axes: number[][], titles: string[]}} Chart
 *
 * Gaussians in the plane: means (x, y) and covariance matrices [[xx, xy], [xy, yy]], (N) each.
 * @typedef {{x: Float32Array, y: Float32Array, xx: Float32Array, xy: Float32Array, yy: Float32Array}} Gaussians
 *
 * Cells with centres (x0 + column·dx, y0 + row·dy); arrays over a grid are row-major.
 * @typedef {{x0: number, y0: number, dx: number, dy: number, columns: number, rows: number}} Grid
 *
 * Points in the plane, (n) each.
 * @typedef {{x: ArrayLike<number>, y: ArrayLike<number>, labels: Uint8Array}} LabelledPoints
 *
 * Points as the plane draws them; images: the image of each, null: that of the same index; ids: see `Points`.
 * @typedef {{x: Float32Array, y: Float32Array, labels: Uint8Array, images: ?Int32Array, ids: ?Int32Array}} ShownPoints
 */

// Payloads

/**
 * One snapshot of a run, as the server sends it. Grey values are in [0, 1]; `decodeLatent` and `encode` reuse their
 * arrays.
 * @typedef {object} Payload
 * @property {string} key identifies the content
 * @property {string} run id of the run
 * @property {number | "live"} moment epoch
 * @property {"test" | "validation" | "train"} split of the images
 * @property {number} latentDim J
 * @property {number[]} imageShape [height, width]
 * @property {Float32Array} mu (N, J), row-major: means of q(z|x)
 * @property {Float32Array} logvar (N, J), row-major
 * @property {Uint8Array} labels (N)
 * @property {Uint8Array[]} examples a few test images, 0…255
 * @property {Float32Array[]} examplesMu their means
 * @property {Float32Array[]} priorZ as many draws from the prior
 * @property {string} mean the activation that turns logits into the mean image
 * @property {Likelihood} likelihood
 * @property {Layer[]} decoderLayers the last one gives the logits
 * @property {(z: ArrayLike<number>) => Float32Array} decodeLatent z (J) ↦ mean image (D)
 * @property {(x: ArrayLike<number>, z: ArrayLike<number>) => number} logProb log p(x|z) in nats
 * @property {(z: ArrayLike<number>, seed: number) => Float32Array} sample a draw from p(x|z) (D)
 * @property {(z: ArrayLike<number>) => Float32Array} deviation z (J) ↦ standard deviation of each pixel (D)
 * @property {?((x: ArrayLike<number>) => Posterior)} encode x (D) ↦ q(z|x); null where the encoder was not sent
 *
 * The family of p(x|z), and its log σ (for a Beta, log ν): one number for all pixels, or the bounds between which the
 * scale layer moves it.
 * @typedef {{family: string, logScale: null | number | number[]}} Likelihood
 *
 * A payload in the coordinates of the plane.
 * @typedef {Payload & Gaussians & PlaneFunctions} PlanePayload
 * @typedef {object} PlaneFunctions
 * @property {Chart} chart
 * @property {(place: Place) => Float32Array} toLatent place ↦ z (J)
 * @property {(z: ArrayLike<number>) => Place} toPlane z (J) ↦ place
 * @property {(place: Place) => Float32Array} decode place ↦ mean image (D)
 *
 * A payload on the plane: with the pictures of its images, its points if there are more of them than images, and what
 * the plane's message says of all.
 * @typedef {PlanePayload & {images: ImageSource, points: ?Points} & Pick<PlaneData, "limit" | "classes" | "nTrain">} SeenPayload
 *
 * Points of a view, a sample of them if there are many.
 * @typedef {object} Points
 * @property {string} key identifies the content
 * @property {?Ranges} view that was asked for; null: the whole plane
 * @property {Ranges} extent of all points, sent or not
 * @property {number} total number of all points
 * @property {number} within number of those in the view
 * @property {number} shown number of those that were sent; points beyond the view may come with them
 * @property {Float32Array} x (n)
 * @property {Float32Array} y (n)
 * @property {Int32Array} images (n) index of each point's image in the payload
 * @property {Int32Array} ids (n) index of each point among all, ascending
 *
 * Pictures of the payload's images: grey values 0…255 of image i, row-major. `bytes` is null until its sheet has been
 * loaded, and starts the loading.
 * @typedef {{bytes: (i: number) => ?Uint8Array, load: (i: number) => Promise<Uint8Array>}} ImageSource
 *
 * Sheets of tiles as the server describes them.
 * @typedef {{addresses: string[], columns: number, perSheet: number, shape: number[]}} Sheets
 */

// Messages of the server

/**
 * @template [Data=any]
 * @typedef {object} Message as Streamlit hands it to a component
 * @property {HTMLElement} parentElement
 * @property {Data} data
 * @property {(name: string, value: any) => void} setStateValue
 * @property {(name: string, value: any) => void} setTriggerValue
 */

/**
 * @typedef {object} PlaneData
 * @property {string} channel
 * @property {string} payload its key
 * @property {?string} [points] their key; null: the images are all there is
 * @property {?Place} pin
 * @property {?number} answered id of the newest choice of a pin that the server knows
 * @property {Sheets} sheets
 * @property {?Chart} chart null: the first two coordinates
 * @property {boolean} tools whether there are toolbar, keys and address; otherwise one can only look and pin
 * @property {number} limit of |u| and |v|
 * @property {ImageClass[]} classes of the labels, by label
 * @property {number} nTrain number of images in an epoch of training
 *
 * @typedef {{name: string, colour: string}} ImageClass
 *
 * A component while it is mounted.
 * @typedef {{update: (message: Message) => void, destroy: () => void}} Instance
 */

// Topics

/**
 * @typedef {"move" | "zoom" | "lasso" | "box" | "path"} Tool
 *
 * How points are drawn, and the backdrop below them.
 * @typedef {{backdrop: string, positions: string, seed: number, size: number, opacity: number}} Options
 *
 * A place that the reader keeps.
 * @typedef {{place: Place, name: string}} Pin
 *
 * The place shown and its decoded picture.
 * @typedef {{place: Place, z: Float32Array, pixels: Float32Array, pinned: boolean, hovered: number,
 *   payload: SeenPayload}} Shown
 *
 * The picture that the encoder is given; index: of the image, or -1; label: its class's name.
 * @typedef {{pixels: Float32Array, name: string, index: number, label: ?string}} Picture
 *
 * The posterior of a picture and a draw from it, in z and in the plane; covariance: [xx, xy, yy].
 * @typedef {Posterior & {eps: Float32Array, z: Float32Array, mean: Place, place: Place,
 *   covariance: number[]}} PosteriorDraw
 *
 * Selected images, and the points that were selected where the plane shows a sample of them.
 * @typedef {{indices: Int32Array, ids: ?Int32Array}} Selection
 *
 * Topics with a lasting value.
 * @typedef {object} States
 * @property {SeenPayload} payload
 * @property {Shown} shown
 * @property {?(Picture & PosteriorDraw)} input
 * @property {?{kind: string, places: Place[]}} path
 * @property {?{from: Place, to: Place}} trip from z to the mean of its re-encoded picture
 * @property {?{place: Place}} target of the game
 * @property {?Selection} selection
 * @property {Pin[]} pins
 * @property {Tool} tool
 * @property {Options} options
 *
 * Topics that pass.
 * @typedef {object} Signals
 * @property {{place: Place, pin?: boolean}} go show a place; pin: and pin it
 * @property {Place[]} stroke a path drawn by hand
 * @property {void} play play or pause the path
 *
 * @typedef {States & Signals} Topics
 *
 * @typedef {{[T in keyof Topics]?: (value: Topics[T]) => void}} Listeners
 */

/**
 * @typedef {object} Channel
 * @property {<T extends keyof States>(topic: T, value: States[T]) => void} send a value that lasts: later listeners get it
 * @property {<T extends keyof Signals>(topic: T, value: Signals[T]) => void} signal an event: present listeners get it
 * @property {<T extends keyof States>(topic: T) => States[T] | undefined} last what was sent last
 * @property {<T extends keyof Topics>(topic: T, listener: (value: Topics[T]) => void) => () => void} listen from now on,
 *   and to what was sent last; returns how to stop
 */

/**
 * What the overlay draws, by topic; `closed`: whether the stroke encloses something.
 * @typedef {{payload?: SeenPayload, points?: ShownPoints, hovered: number, input?: States["input"],
 *   selection?: States["selection"], path?: States["path"], pins: Pin[], trip?: States["trip"],
 *   target?: States["target"], stroke?: ?Place[], closed?: boolean}} Drawn
 */

export {};
