"""The views of the Pipeline lab as a few lines of Python: what 'Copy as code' puts on the clipboard."""

from app.labs.gallery import SIDE
from app.labs.generate import GenerateRequest
from app.labs.leave_out import LeaveOutRequest
from app.labs.pass_through import PassRequest
from app.labs.snippets import OPEN


def walk_code(request: GenerateRequest, model: str) -> str:
    """Return the code of a generation: `picture` is what the page shows, `result.moments` every tensor on the way."""
    return f"""from app.core.pictures import to_picture
from app.labs.generate import GenerateRequest
from app.labs.pipeline import run_pipeline
{OPEN}
request = {request!r}
result = run_pipeline(catalogue.denoiser({model!r}), request, runtime)
picture = to_picture(result.generated.picture[0])
picture.save("picture.png")
"""


def pass_code(request: PassRequest, model: str, picture: str | None) -> str:
    """Return the code of a picture's way through the model; picture: a name of the gallery, None for one's own."""
    if picture is None:
        source, load = "from PIL import Image\n", 'own = Image.open("your-picture.png").convert("RGB")'
    else:
        source, load = (
            "from app.labs.gallery import gallery_picture\n",
            f"own = gallery_picture({picture!r})  # {SIDE} pixels",
        )
    return f"""{source}from app.core.pictures import to_picture
from app.labs.generate import GenerateRequest
from app.labs.pass_through import PassRequest, pass_through
{OPEN}
{load}
request = {request!r}
result = pass_through(catalogue.denoiser({model!r}), own, request, runtime)
picture = to_picture(result.picture[0])
picture.save("picture.png")
"""


def stages_code(request: LeaveOutRequest, model: str, judge: bool) -> str:
    """Return the code of the experiment that leaves out a stage: `result.arms`."""
    reader = "catalogue.judge()" if judge else "None"
    return f"""from app.labs.generate import GenerateRequest
from app.labs.leave_out import LeaveOutRequest, leave_out
{OPEN}
request = {request!r}
result = leave_out(catalogue.denoiser({model!r}), {reader}, request, runtime)
for arm in result.arms:
    print(arm.name, arm.mean_right)
"""


def blueprint_code(request: GenerateRequest, model: str) -> str:
    """Return the code of the blueprint: `result.coarse`, `result.fine` and `result.latent` at every moment."""
    return f"""from app.labs.blueprint import blueprint
from app.labs.generate import GenerateRequest
from app.labs.pipeline import run_pipeline
{OPEN}
model = catalogue.denoiser({model!r})
run = run_pipeline(model, {request!r}, runtime)
result = blueprint(model, run, runtime)
print("coarse stands after", result.coarse_stands, "steps, fine after", result.fine_stands)
"""
