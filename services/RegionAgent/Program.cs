using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent;

var builder = WebApplication.CreateBuilder(args);
builder.AddRegionAgent();
var app = builder.Build();
app.UseRegionAgent();
return await app.RunServiceAsync();
