"""The views of the Latent space lab as a few lines of Python: what 'Copy as code' puts on the clipboard."""

from app.labs.generate import GenerateRequest
from app.labs.latent_holes import HolesRequest
from app.labs.latent_map import MapRequest
from app.labs.latent_sums import SumsRequest
from app.labs.smoothness import SmoothnessRequest
from app.labs.snippets import OPEN


def map_code(vae: str, request: MapRequest, shipped: bool, pins: list[int]) -> str:
    """Return the code of the map: `chart.xy`, `chart.labels`, `pinned`. shipped: points come from the folder."""
    if shipped:
        made = f"""shipped = read_map(catalogue.root, catalogue.card({vae!r}))
request = {request!r}
chart = shipped if request == SHIPPED else project(shipped.points.first(request.count), request)"""
    else:
        made = f"chart = make_map(model, {request!r}, runtime)"
    return f"""from app.labs.latent_map import MapRequest, make_map, nearest_points, project
from app.labs.latent_pins import pin_scene
from app.labs.latent_shipped import SHIPPED, read_map
{OPEN}
model = catalogue.vae({vae!r})
{made}
pinned = [pin_scene(model, index, runtime) for index in {pins!r}]
for pin in pinned:
    print(pin.index, pin.caption, nearest_points(chart, pin.index))
"""


def pad_code(vae: str, x: float, y: float) -> str:
    """Return the code of the pad: `picture` is what the point decodes to."""
    return f"""from app.core.pictures import to_picture
from app.labs.latent_pad import checked_point, decode_points
{OPEN}
decoded = decode_points(catalogue.vae({vae!r}), checked_point({x!r}, {y!r}), runtime)
picture = to_picture(decoded[0])
picture.save("digit.png")
"""


def walk_code(model: str, ends: tuple[str, str], frames: int, steps: int) -> str:
    """Return the code of the walks: `walks`, `scores`. ends: expressions that give a picture tensor each."""
    return f"""from PIL import Image
from app.core.pictures import to_tensor
from app.data.uploads import fit_square
from app.labs.latent_manifold import real_distance
from app.labs.latent_paths import all_walks, best, end_picture, finish, score
{OPEN}
model, judge = catalogue.denoiser({model!r}), catalogue.judge()
a = {ends[0]}
b = {ends[1]}
walks = finish(all_walks(model, judge, (a, b), {frames!r}, {steps!r}, runtime))
real = real_distance(judge, runtime)
scores = [score(walk, judge, real, runtime) for walk in walks]
print(best(scores), [one.mean for one in scores])
"""


def end_code(name: str, scene: int, own: bool) -> str:
    """Return the expression of an end of a walk."""
    if own:
        return 'to_tensor(fit_square(Image.open("your-picture.png").convert("RGB"), 64))[None]'
    return f"end_picture({name!r}, {scene!r})"


def smooth_code(vaes: list[str], request: SmoothnessRequest, denoisers: list[str], run: GenerateRequest) -> str:
    """Return the code of the meter: `measured` a VAE, `trajectories` a denoiser."""
    return f"""from app.labs.generate import GenerateRequest
from app.labs.latent_paths import finish
from app.labs.latent_trajectory import trajectory_steps
from app.labs.smoothness import SmoothnessRequest, compare_smoothness
{OPEN}
models = [catalogue.vae(name) for name in {vaes!r}]
measured = compare_smoothness(models, {request!r}, runtime)
run = {run!r}
trajectories = [finish(trajectory_steps(catalogue.denoiser(name), run, runtime)) for name in {denoisers!r}]
for one in measured:
    print(one.vae, one.moved)
for one in trajectories:
    print(one.model, one.gains)
"""


def holes_code(vaes: list[str], request: HolesRequest) -> str:
    """Return the code of the draws: `holes` a VAE, with `pictures` and `away` for each spread."""
    return f"""from app.labs.latent_holes import HolesRequest, decode_holes
from app.labs.latent_manifold import real_distance
from app.labs.latent_paths import finish
{OPEN}
request = {request!r}
judge = catalogue.judge()
real = real_distance(judge, runtime)
holes = [finish(decode_holes(catalogue.vae(name), judge, real, request, runtime)) for name in {vaes!r}]
for one in holes:
    print(one.vae, one.away)
"""


def sum_code(vae: str, captions: tuple[str, str, str], seed: int, many: SumsRequest) -> str:
    """Return the code of a sum: `result` of this one, `rates` of many random ones."""
    return f"""from app.data.scenes import parse_caption
from app.labs.arithmetic import add_and_subtract
from app.labs.latent_paths import finish
from app.labs.latent_sums import SumsRequest, measure_sums
{OPEN}
model, judge = catalogue.vae({vae!r}), catalogue.judge()
scenes = tuple(parse_caption(caption) for caption in {captions!r})
result = add_and_subtract(model, judge, scenes, {seed!r}, runtime)
print(result.wanted, result.right)
rates = finish(measure_sums(model, judge, {many!r}, runtime))
print(rates)
"""


def channels_code(vae: str, end: str, frames: int, stds: float, count: int) -> str:
    """Return the code of the channels: `traversals` a channel, `preview` and its `r2`."""
    return f"""from PIL import Image
from app.core.pictures import to_tensor
from app.data.uploads import fit_square
from app.labs.arithmetic import fit_preview, traverse
from app.labs.latent_paths import end_picture
{OPEN}
model = catalogue.vae({vae!r})
picture = {end}
z = model.network.encode(runtime.put(picture)).mean.float().cpu().detach()
traversals = [traverse(model, z, channel, runtime, stds={stds!r}, frames={frames!r}) for channel in range(z.shape[1])]
preview = fit_preview(model, runtime, count={count!r})
print(preview.r2, preview.weights, preview.bias)
"""
