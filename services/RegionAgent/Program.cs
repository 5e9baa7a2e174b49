using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent;

return args is [HealthCommand.Argument] ? await HealthCommand.RunAsync() : await ServeAsync(args);

// Separate, so that --health does not load the assemblies of the service.
static Task<int> ServeAsync(string[] args)
{
    // Read appsettings.json from the program's directory, not from the working directory.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.AddRegionAgent();
    var app = builder.Build();
    app.UseRegionAgent();
    return app.RunServiceAsync();
}
