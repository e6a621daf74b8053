"""The views of the Denoise tab as a few lines of Python. Each runs as it is, from the repository."""

from app.labs.denoise import DenoiseRequest
from app.labs.denoise_branch import BranchSpec
from app.labs.denoise_decide import DecideRequest
from app.labs.denoise_game import GameRequest
from app.labs.denoise_noise import NoiseRequest
from app.labs.denoise_quality import QualityRequest
from app.labs.denoise_scale import ScaleRequest
from app.labs.snippets import OPEN


def noise_code(request: NoiseRequest, vae: str, picture: str | None) -> str:
    """Return the code of 'Add noise'; picture: a name of the gallery, None for a visitor's own."""
    if picture is None:
        source, load = "from PIL import Image\n", 'picture = Image.open("your-picture.png").convert("RGB")'
    else:
        source, load = "from app.labs.gallery import gallery_picture\n", f"picture = gallery_picture({picture!r})"
    return f"""{source}from app.figures.denoise import noise_film
from app.labs.denoise_noise import NoiseRequest, add_noise_to
{OPEN}
{load}
result = add_noise_to(catalogue.vae({vae!r}), picture, {request!r}, runtime)
sheet, views, moments = noise_film(result)  # result.x, result.decoded, result.pixels: one row a level
sheet.save("noise.png")
"""


def run_code(request: DenoiseRequest, models: tuple[str, ...]) -> str:
    """Return the code of 'Take it away'; models: the denoisers that run beside each other."""
    return f"""from app.core.pictures import to_picture
from app.figures.denoise import run_film
from app.labs.denoise import DenoiseRequest, denoise_run, trajectory
{OPEN}
request = {request!r}
results = [denoise_run(catalogue.denoiser(name), request, runtime) for name in {list(models)!r}]
result = results[0]  # result.x, .eps, .decoded, .decoded_x: one row a moment
plane = trajectory(result)  # plane.path, .cond, .uncond, .guided: points in the plane
run_film(results)[0].save("steps.png")
picture = to_picture(result.picture[0])
picture.save("picture.png")
"""


def decide_code(request: DecideRequest, model: str) -> str:
    """Return the code of 'When is it decided?'."""
    return f"""from app.figures.denoise_experiments import mean_steps
from app.labs.denoise import DenoiseRequest
from app.labs.denoise_decide import DecideRequest, decide
{OPEN}
request = {request!r}
result = decide(catalogue.denoiser({model!r}), catalogue.judge(), request, runtime)
print(mean_steps(result))  # the step from which each attribute stays as it is, on average
"""


def branch_code(request: DenoiseRequest, specs: tuple[BranchSpec, ...], model: str) -> str:
    """Return the code of a tree with these branches."""
    return f"""from app.figures.denoise_experiments import tree_sheet
from app.labs.denoise import DenoiseRequest
from app.labs.denoise_branch import BranchSpec, make_tree
{OPEN}
request = {request!r}
specs = {specs!r}
tree = make_tree(catalogue.denoiser({model!r}), request, specs, runtime, None)
tree_sheet(tree).save("tree.png")  # a row a branch, a column a step
"""


def quality_code(request: QualityRequest, model: str) -> str:
    """Return the code of one measured point, and of the table that ships with the model."""
    return f"""from app.core.errors import LabError
from app.labs.denoise_quality import QualityRequest, measure_point, read_table
{OPEN}
model, judge = catalogue.denoiser({model!r}), catalogue.judge()
*_, (n, point) = measure_point(model, judge, {request!r}, runtime)
print(point)
try:
    print(*read_table(CHECKPOINTS / {model!r}, model.card, judge.card).points, sep="\\n")
except LabError as problem:
    print(problem)
"""


def scale_code(request: ScaleRequest, model: str, picture: str) -> str:
    """Return the code of 'Wrong scale'; picture: a name of the gallery."""
    return f"""from app.core.pictures import to_sheet, to_tensor
from app.labs.denoise import DenoiseRequest
from app.labs.denoise_scale import ScaleRequest, wrong_scale
from app.labs.gallery import gallery_picture
{OPEN}
picture = to_tensor(gallery_picture({picture!r}))[None]
result = wrong_scale(catalogue.denoiser({model!r}), picture, {request!r}, runtime)
print(dict(zip(result.factors, result.psnr)))
to_sheet(result.repaired, columns=len(result.factors)).save("wrong-scale.png")
"""


def game_code(request: GameRequest, model: str) -> str:
    """Return the code of 'Be the denoiser'."""
    return f"""from app.figures.denoise_experiments import game_sheet
from app.labs.denoise_game import GameRequest, deal
{OPEN}
result = deal(catalogue.denoiser({model!r}), {request!r}, runtime)
print("answers", result.answer, "network", result.network, "nearest", result.bayes)
game_sheet(result).save("game.png")
"""
