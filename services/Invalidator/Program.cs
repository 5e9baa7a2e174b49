using LastMile.Events.Hosting;
using LastMile.Events.Invalidator;

return args is [HealthCommand.Argument] ? await HealthCommand.RunAsync() : await ServeAsync(args);

// Separate, so that --health does not load the assemblies of the service.
static Task<int> ServeAsync(string[] args)
{
    // Reads the settings beside the binary, regardless of the working directory.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.AddInvalidator();
    var app = builder.Build();
    app.UseInvalidator();
    return app.RunServiceAsync();
}
